"""initial import

Schema nordlys-omsorg of sink_asma.directory.

Revision ID: fc1c9594b28d48e0
Revises:
"""

from cdcmig import bind

revision = 'fc1c9594b28d48e0'
down_revision = None
branch_labels = ('nordlys~2domsorg',)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema='nordlys-omsorg')
