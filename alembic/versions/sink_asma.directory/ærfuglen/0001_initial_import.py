"""initial import

Schema ærfuglen of sink_asma.directory.

Revision ID: 40a54b8bf2c904a0
Revises:
"""

from cdcmig import bind

revision = '40a54b8bf2c904a0'
down_revision = None
branch_labels = ('ærfuglen',)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema='ærfuglen')
