"""initial import

Schema fretex of sink_asma.directory.

Revision ID: e0a892dbe7b42a77
Revises:
"""

from cdcmig import bind

revision = 'e0a892dbe7b42a77'
down_revision = None
branch_labels = ('fretex',)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema='fretex')
