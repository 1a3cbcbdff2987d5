"""initial import

Schema blåfjell of sink_asma.directory.

Revision ID: 44aeb5471c378f6e
Revises:
"""

from cdcmig import bind

revision = '44aeb5471c378f6e'
down_revision = None
branch_labels = ('blåfjell',)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema='blåfjell')
