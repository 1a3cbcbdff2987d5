"""initial import

Schema lyngheim of sink_asma.directory.

Revision ID: 1bffc46d874b1f30
Revises:
"""

from cdcmig import bind

revision = '1bffc46d874b1f30'
down_revision = None
branch_labels = ('lyngheim',)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema='lyngheim')
