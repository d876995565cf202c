"""From a folder of the site's own pictures to calibrated severities, a profile and a page that shows both."""
