"""initial import

Schema directory of sink_asma.directory.

Revision ID: 3f56afbcfc5b3db8
Revises:
"""

from cdcmig import bind

revision = '3f56afbcfc5b3db8'
down_revision = None
branch_labels = ('directory',)

upgrade, downgrade = bind('sink_asma.directory/0002_initial_import', schema='directory')
