"""initial import

Schema 100%omsorg@nord of sink_asma.directory.

Revision ID: 4d415588878d2b9b
Revises:
"""

from cdcmig import bind

revision = '4d415588878d2b9b'
down_revision = None
branch_labels = ('100%omsorg~40nord',)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema='100%omsorg@nord')
