"""The provider's bodies as they come."""

from msgspec import Struct

from marketdata.feeds.nasdaq_data_link.rows import Cell


class Column(Struct):
    name: str


class Datatable(Struct):
    data: list[list[Cell]]
    columns: list[Column]


class Meta(Struct):
    next_cursor_id: str | None = None


class TableAnswer(Struct):
    datatable: Datatable
    meta: Meta


class DatasetData(Struct):
    column_names: list[str]
    data: list[list[Cell]]


class SeriesAnswer(Struct):
    dataset_data: DatasetData


class ExportFile(Struct):
    status: str = ""
    link: str | None = None


class BulkDownload(Struct):
    file: ExportFile


class ExportAnswer(Struct):
    datatable_bulk_download: BulkDownload
