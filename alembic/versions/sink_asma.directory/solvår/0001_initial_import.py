"""initial import

Schema solvår of sink_asma.directory.

Revision ID: 5a005fe74c41da03
Revises:
"""

from cdcmig import bind

revision = '5a005fe74c41da03'
down_revision = None
branch_labels = ('solvår',)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema='solvår')
