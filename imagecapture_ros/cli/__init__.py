"""The imagecapture command."""
