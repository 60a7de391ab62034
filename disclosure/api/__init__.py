"""Department intake (部门报送接口)."""
