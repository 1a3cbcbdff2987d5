"""initial import

Schema tårnfjellet of sink_asma.directory.

Revision ID: 1602b30894b0642d
Revises:
"""

from cdcmig import bind

revision = '1602b30894b0642d'
down_revision = None
branch_labels = ('tårnfjellet',)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema='tårnfjellet')
