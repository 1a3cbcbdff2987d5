"""initial import

Schema grønnåsen of sink_asma.directory.

Revision ID: 994d2bd47c2caa11
Revises:
"""

from cdcmig import bind

revision = '994d2bd47c2caa11'
down_revision = None
branch_labels = ('grønnåsen',)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema='grønnåsen')
