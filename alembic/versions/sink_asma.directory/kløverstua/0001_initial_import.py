"""initial import

Schema kløverstua of sink_asma.directory.

Revision ID: 8d61df9ddbb24634
Revises:
"""

from cdcmig import bind

revision = '8d61df9ddbb24634'
down_revision = None
branch_labels = ('kløverstua',)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema='kløverstua')
