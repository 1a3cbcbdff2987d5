"""initial import

Schema ringås of sink_asma.directory.

Revision ID: 14335d4630d42a23
Revises:
"""

from cdcmig import bind

revision = '14335d4630d42a23'
down_revision = None
branch_labels = ('ringås',)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema='ringås')
