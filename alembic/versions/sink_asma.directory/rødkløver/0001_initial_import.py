"""initial import

Schema rødkløver of sink_asma.directory.

Revision ID: 672999185f40b6f3
Revises:
"""

from cdcmig import bind

revision = '672999185f40b6f3'
down_revision = None
branch_labels = ('rødkløver',)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema='rødkløver')
