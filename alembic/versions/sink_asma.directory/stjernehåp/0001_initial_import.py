"""initial import

Schema stjernehåp of sink_asma.directory.

Revision ID: a65badc799a73f85
Revises:
"""

from cdcmig import bind

revision = 'a65badc799a73f85'
down_revision = None
branch_labels = ('stjernehåp',)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema='stjernehåp')
