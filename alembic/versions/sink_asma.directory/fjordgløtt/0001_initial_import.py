"""initial import

Schema fjordgløtt of sink_asma.directory.

Revision ID: 3077d53848680b09
Revises:
"""

from cdcmig import bind

revision = '3077d53848680b09'
down_revision = None
branch_labels = ('fjordgløtt',)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema='fjordgløtt')
