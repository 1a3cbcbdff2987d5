"""initial import

Schema mælenheia of sink_asma.directory.

Revision ID: 052f8b35c1d4f65f
Revises:
"""

from cdcmig import bind

revision = '052f8b35c1d4f65f'
down_revision = None
branch_labels = ('mælenheia',)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema='mælenheia')
