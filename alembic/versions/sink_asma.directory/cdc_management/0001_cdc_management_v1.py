"""cdc_management, version 1

Schema cdc_management of sink_asma.directory.

Revision ID: 50519f7658003569
Revises:
"""

from cdcmig import bind

revision = '50519f7658003569'
down_revision = None
branch_labels = ('cdc_management',)

upgrade, downgrade = bind('cdc_management/0001_cdc_management_v1', schema='cdc_management')
