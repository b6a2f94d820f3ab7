using System.Text;
using Gesso.Server.Errors;
using Gesso.Server.Hosting;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Gesso.Server.Pictures;

/// <summary>A multipart form with pictures, read as it arrives.</summary>
internal sealed class PictureForm : IAsyncDisposable
{
    private const int MostParts = 100;
    private const int LongestText = 512 << 10;
    private const int LongestBoundary = 200;

    private readonly Dictionary<string, string> _fields = new(StringComparer.Ordinal);
    private readonly List<PictureSpool> _files = [];

    private PictureForm()
    {
    }

    public IReadOnlyDictionary<string, string> Fields => _fields;

    public IReadOnlyList<PictureSpool> Files => _files;

    public static bool Matches(HttpRequest request) => request.ContentType?.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase) ?? false;

    /// <exception cref="ApiException">400 <c>invalid_multipart</c>, <c>picture_too_large</c>; 413.</exception>
    public static async Task<PictureForm> ReadAsync(HttpRequest request, LimitOptions limits, CancellationToken cancellation)
    {
        PictureForm form = new();
        try
        {
            await form.FillAsync(request, limits, cancellation).ConfigureAwait(false);
            return form;
        }
        catch (Exception e)
        {
            await form.DisposeAsync().ConfigureAwait(false);
            // the reader's own complaints; a full disk and a lost connection carry other numbers
            const int Generic = unchecked((int)0x80131620);
            if (e is InvalidDataException || (e is IOException and not BadHttpRequestException && e.HResult == Generic))
                throw Invalid(e.Message);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var file in _files)
            await file.DisposeAsync().ConfigureAwait(false);
    }

    private async Task FillAsync(HttpRequest request, LimitOptions limits, CancellationToken cancellation)
    {
        MultipartReader reader = new(BoundaryOf(request), request.Body) { BodyLengthLimit = limits.MaxBodyBytes };
        for (int part = 0; await reader.ReadNextSectionAsync(cancellation).ConfigureAwait(false) is { } section; part++)
        {
            if (part == MostParts)
                throw Invalid($"more than {MostParts} parts");
            if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition) || disposition.Name.Length == 0)
                throw Invalid("a part without a name");
            string name = HeaderUtilities.RemoveQuotes(disposition.Name).ToString();
            if (disposition.IsFileDisposition() || IsFile(section.ContentType))
                _files.Add(await PictureSpool.ReceiveAsync(name, section.Body, limits, cancellation).ConfigureAwait(false));
            else
                _fields[name] = await TextAsync(name, section.Body, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Some clients send files without a file name.</summary>
    private static bool IsFile(string? type) =>
        type is not null && !type.StartsWith("text/", StringComparison.OrdinalIgnoreCase) && !type.Contains("json", StringComparison.OrdinalIgnoreCase);

    private static async Task<string> TextAsync(string name, Stream body, CancellationToken cancellation)
    {
        using MemoryStream text = new();
        byte[] block = new byte[4096];
        for (int read; (read = await body.ReadAsync(block, cancellation).ConfigureAwait(false)) > 0;)
        {
            text.Write(block, 0, read);
            if (text.Length > LongestText)
                throw ApiException.Invalid(name, "string_above_max_length", $"{name}: expected at most {LongestText} bytes of text, got more.");
        }
        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    private static string BoundaryOf(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
            throw Invalid("a content-type that cannot be read");
        string boundary = HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
        return boundary.Length is > 0 and <= LongestBoundary ? boundary : throw Invalid($"a boundary of {boundary.Length} characters");
    }

    private static ApiException Invalid(string what) =>
        ApiException.Invalid(null, "invalid_multipart", $"body: expected a multipart form, got something that cannot be read as one: {what.TrimEnd(' ', '.')}.");
}
