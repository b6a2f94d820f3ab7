using System.Globalization;
using System.Text;
using Gesso.Contracts.Errors;

namespace Gesso.Formats;

/// <summary>
/// A file, or bytes, that cannot be read or written as asked. The kind is <see cref="ErrorKind.InvalidRequest"/>, but <see cref="ErrorKind.Unavailable"/>
/// when the machine fails while writing (<c>write_failed</c>). Codes: <see cref="TensorFileCodes"/>.
/// </summary>
public sealed class TensorFileException : GessoException
{
    public TensorFileException(string code, string message, Exception? inner = null)
        : this(ErrorKind.InvalidRequest, code, message, inner)
    {
    }

    private TensorFileException(ErrorKind kind, string code, string message, Exception? inner)
        : base(kind, code, message, inner)
    {
    }

    internal static TensorFileException WriteFailed(string message, Exception inner) =>
        new(ErrorKind.Unavailable, TensorFileCodes.WriteFailed, message, inner);

    /// <summary>The error of a file: "<paramref name="path"/>: <paramref name="problem"/>".</summary>
    internal static TensorFileException In(string path, string code, string problem, Exception? inner = null) => new(code, $"{path}: {problem}", inner);

    /// <summary>A name out of an untrusted file, in quotes, at most 96 characters, control characters escaped: safe to print and to log.</summary>
    internal static string Quote(string name)
    {
        const int limit = 96;
        var text = new StringBuilder("'");
        foreach (var c in name.AsSpan(0, Math.Min(name.Length, limit)))
        {
            if (char.IsControl(c) || char.IsSurrogate(c))
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                text.Append(c);
        }

        return text.Append(name.Length > limit ? "…'" : "'").ToString();
    }
}
