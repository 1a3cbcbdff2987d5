"""initial import

Schema dalsøya of sink_asma.directory.

Revision ID: e32bdb16e27236fc
Revises:
"""

from cdcmig import bind

revision = 'e32bdb16e27236fc'
down_revision = None
branch_labels = ('dalsøya',)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema='dalsøya')
