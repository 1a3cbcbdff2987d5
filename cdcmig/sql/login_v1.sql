DO {{tag}}
BEGIN
    IF NOT pg_catalog.pg_has_role({{login_literal}}, {{pipeline_literal}}, 'USAGE') THEN
        GRANT {{pipeline}} TO {{login}};
    END IF;
    IF NOT pg_catalog.pg_has_role({{login_literal}}, {{merge_literal}}, 'USAGE') THEN
        GRANT {{merge}} TO {{login}};
    END IF;
END
{{tag}};
