"""initial import

Schema vesterøy of sink_asma.directory.

Revision ID: ded4fb1e1a0168de
Revises:
"""

from cdcmig import bind

revision = 'ded4fb1e1a0168de'
down_revision = None
branch_labels = ('vesterøy',)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema='vesterøy')
