"""initial import

Schema avansas of sink_asma.directory.

Revision ID: fa450d446586264d
Revises:
"""

from cdcmig import bind

revision = 'fa450d446586264d'
down_revision = None
branch_labels = ('avansas',)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema='avansas')
