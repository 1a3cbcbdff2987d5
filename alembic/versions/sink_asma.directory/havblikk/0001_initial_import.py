"""initial import

Schema havblikk of sink_asma.directory.

Revision ID: eef919ffe17b65e6
Revises:
"""

from cdcmig import bind

revision = 'eef919ffe17b65e6'
down_revision = None
branch_labels = ('havblikk',)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema='havblikk')
