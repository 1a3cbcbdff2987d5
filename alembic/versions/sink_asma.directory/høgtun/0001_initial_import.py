"""initial import

Schema høgtun of sink_asma.directory.

Revision ID: 8e77c441aabb7e11
Revises:
"""

from cdcmig import bind

revision = '8e77c441aabb7e11'
down_revision = None
branch_labels = ('høgtun',)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema='høgtun')
