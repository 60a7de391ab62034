"""The public site 信用惠城网 and its open API."""
