"""initial import

Schema ullvåg of sink_asma.directory.

Revision ID: 88de182a2ed3ba25
Revises:
"""

from cdcmig import bind

revision = '88de182a2ed3ba25'
down_revision = None
branch_labels = ('ullvåg',)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema='ullvåg')
