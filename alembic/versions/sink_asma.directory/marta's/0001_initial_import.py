"""initial import

Schema marta's of sink_asma.directory.

Revision ID: 68f6bf0fd34f09dc
Revises:
"""

from cdcmig import bind

revision = '68f6bf0fd34f09dc'
down_revision = None
branch_labels = ("marta's",)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema="marta's")
