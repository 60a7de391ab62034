from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Only commands; no tables."""

    name = "demo"
    verbose_name = "演示与测试数据"
