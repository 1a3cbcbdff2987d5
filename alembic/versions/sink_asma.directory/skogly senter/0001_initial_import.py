"""initial import

Schema skogly senter of sink_asma.directory.

Revision ID: d45867f359faadc9
Revises:
"""

from cdcmig import bind

revision = 'd45867f359faadc9'
down_revision = None
branch_labels = ('skogly senter',)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema='skogly senter')
