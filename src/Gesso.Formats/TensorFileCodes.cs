namespace Gesso.Formats;

/// <summary>The stable codes of <see cref="TensorFileException"/>.</summary>
public static class TensorFileCodes
{
    public const string FileNotFound = "file_not_found";
    public const string AccessDenied = "access_denied";

    /// <summary>A directory where a file was expected.</summary>
    public const string IsDirectory = "is_directory";
    public const string EmptyFile = "empty_file";

    /// <summary>The operating system failed to read or map the file.</summary>
    public const string ReadFailed = "read_failed";
    public const string WriteFailed = "write_failed";

    /// <summary>Python pickle (.pt, .ckpt, .bin): loading one runs code.</summary>
    public const string PickleFile = "pickle_file";
    public const string HtmlPage = "html_page";
    public const string GitLfsPointer = "git_lfs_pointer";

    /// <summary>None of the known formats.</summary>
    public const string UnknownFormat = "unknown_format";

    /// <summary>A known format in a version or byte order that is not read.</summary>
    public const string UnsupportedVersion = "unsupported_version";

    public const string FileTruncated = "file_truncated";
    public const string HeaderTooLarge = "header_too_large";

    /// <summary>The header is not what the format prescribes: JSON syntax, UTF-8, a missing field, a field of another type.</summary>
    public const string BadHeader = "bad_header";
    public const string BadMetadata = "bad_metadata";
    public const string DuplicateName = "duplicate_name";
    public const string BadShape = "bad_shape";
    public const string BadOffset = "bad_offset";
    public const string BadAlignment = "bad_alignment";

    /// <summary>A count or length that the file is too short to hold.</summary>
    public const string BadCount = "bad_count";
    public const string OverlappingTensors = "overlapping_tensors";

    /// <summary>Bytes that belong to no tensor, in a format that forbids them.</summary>
    public const string UncoveredBytes = "uncovered_bytes";
    public const string UnknownType = "unknown_type";

    /// <summary>A shard file named by an index does not exist.</summary>
    public const string MissingShard = "missing_shard";

    /// <summary>A tensor named by an index is not in its shard.</summary>
    public const string MissingTensor = "missing_tensor";

    /// <summary>A tensor that is not of this file.</summary>
    public const string UnknownTensor = "unknown_tensor";
    public const string TensorTooLarge = "tensor_too_large";
    public const string OutOfRange = "out_of_range";

    /// <summary>A metadata value of another type than the one asked for.</summary>
    public const string WrongValueType = "wrong_value_type";

    /// <summary>A number that the type asked for cannot hold.</summary>
    public const string BadValue = "bad_value";

    /// <summary>Not a PNG picture, or a damaged one.</summary>
    public const string BadPng = "bad_png";

    /// <summary>A PNG keyword or text that the format cannot hold.</summary>
    public const string BadPngText = "bad_png_text";
}
