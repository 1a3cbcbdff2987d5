"""initial import

Schema bjørkelia of sink_asma.directory.

Revision ID: b6878af7dde6cecf
Revises:
"""

from cdcmig import bind

revision = 'b6878af7dde6cecf'
down_revision = None
branch_labels = ('bjørkelia',)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema='bjørkelia')
