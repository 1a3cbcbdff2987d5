"""initial import

Schema østvang of sink_asma.directory.

Revision ID: 2abb029e647eaf96
Revises:
"""

from cdcmig import bind

revision = '2abb029e647eaf96'
down_revision = None
branch_labels = ('østvang',)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema='østvang')
