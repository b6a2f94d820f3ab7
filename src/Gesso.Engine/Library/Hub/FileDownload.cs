using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;

namespace Gesso.Engine.Library.Hub;

/// <summary>
/// One file, whole or not at all: bytes go to <c>NAME.part</c> (what is expected of them to <c>NAME.part.json</c>), are continued by range
/// requests (RFC 9110 §14) after a cut or at the next pull, and get their name only when size and hash are right and the data is on the disk.
/// </summary>
internal sealed class FileDownload(HubTransport transport, HubFile file, Uri uri, string what, string target, PullTally tally, DiskRoom room)
{
    private const int BufferBytes = 1 << 20;

    private readonly string _part = target + ".part";
    private readonly string _record = target + ".part.json";
    private string? _etag;
    private long? _total = file.Size;
    private bool _resumed;

    /// <returns>The file in its place, with the hash of what is on the disk.</returns>
    public async Task<PulledFile> RunAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        using (FileStream part = Open())
        {
            Recall(part);
            string hash = await FillAsync(part, cancellation);
            if (file.Sha256 is { } expected && hash != expected && _resumed)
            {
                // The piece found here may have been of another time: once from the start before blaming the server.
                part.SetLength(0);
                _resumed = false;
                hash = await FillAsync(part, cancellation);
            }
            if (file.Sha256 is { } wanted && hash != wanted)
            {
                part.Dispose();
                File.Delete(_part);
                File.Delete(_record);
                throw HubErrors.WrongHash(file.Path, wanted, hash);
            }
            long length = part.Length;
            part.Flush(flushToDisk: true);
            part.Dispose();
            File.Move(_part, target, overwrite: true);
            File.Delete(_record);
            tally.Complete(file.Path, length);
            return new PulledFile(file.Path, length, hash);
        }
    }

    private FileStream Open()
    {
        try
        {
            return new FileStream(_part, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException e) when (File.Exists(_part))
        {
            throw HubErrors.AlreadyRunning(_part, e);
        }
    }

    /// <summary>Keeps the bytes of an earlier try only if they belong to the same content.</summary>
    private void Recall(FileStream part)
    {
        PartRecord? earlier = part.Length == 0 ? null : ReadRecord();
        bool same = earlier is not null && (file.Sha256 is { } hash ? earlier.Sha256 == hash : earlier.ETag is not null && earlier.Size == file.Size);
        if (!same || part.Length > (file.Size ?? long.MaxValue))
            part.SetLength(0);
        else
            _etag = earlier!.ETag;
        _resumed = part.Length > 0;
    }

    private async Task<string> FillAsync(FileStream part, CancellationToken cancellation)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await HashAsync(part, hash, cancellation);
        await transport.RetryAsync(
            async () =>
            {
                while (!await ReceiveAsync(part, hash, cancellation))
                    tally.Set(file.Path, part.Length, _total);
                return true;
            },
            () => part.Length,
            cancellation);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static async Task HashAsync(FileStream part, IncrementalHash hash, CancellationToken cancellation)
    {
        byte[] buffer = new byte[BufferBytes];
        part.Position = 0;
        int count;
        while ((count = await part.ReadAsync(buffer, cancellation)) > 0)
            hash.AppendData(buffer, 0, count);
    }

    /// <summary>Asks for what is missing; false: ask again from the start.</summary>
    private async Task<bool> ReceiveAsync(FileStream part, IncrementalHash hash, CancellationToken cancellation)
    {
        long offset = part.Length;
        if (_total == offset && (offset > 0 || file.Size == 0))
            return true;
        using HttpResponseMessage response = await transport.SendAsync(
            uri, what, headers => AskFrom(headers, offset), cancellation, HttpStatusCode.RequestedRangeNotSatisfiable);
        ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
        bool continues = response.StatusCode == HttpStatusCode.PartialContent && range?.From == offset;
        if (response.StatusCode is HttpStatusCode.RequestedRangeNotSatisfiable || (response.StatusCode == HttpStatusCode.PartialContent && !continues))
        {
            if (offset == 0)
                throw HubErrors.Failing(uri, (int)response.StatusCode); // nothing was asked that could not be satisfied
            bool complete = file.Size is null && range?.Length == offset;
            if (!complete)
                Restart(part, hash);
            return complete;
        }
        if (response.Content.Headers.ContentType?.MediaType == "text/html")
            throw HubErrors.WebPage(uri);
        if (!continues && offset > 0)
            Restart(part, hash);
        long? total = continues ? range?.Length : response.Content.Headers.ContentLength;
        if (file.Size is { } listed && total is { } sent && listed != sent)
            throw HubErrors.WrongSize(file.Path, listed, sent);
        _total = total ?? file.Size;
        if (file.Size is null && total is { } all)
            room.Require(all - part.Length);
        _etag = response.Headers.ETag is { IsWeak: false } tag ? tag.Tag : null;
        WriteRecord();
        await CopyAsync(response, part, hash, cancellation);
        return true;
    }

    private void AskFrom(HttpRequestHeaders headers, long offset)
    {
        if (offset == 0)
            return;
        headers.Range = new RangeHeaderValue(offset, null);

        // Without a hash to check at the end, the server must vouch that the content is still the same.
        if (file.Sha256 is null && _etag is { } tag)
            headers.IfRange = new RangeConditionHeaderValue(new EntityTagHeaderValue(tag));
    }

    private async Task CopyAsync(HttpResponseMessage response, FileStream part, IncrementalHash hash, CancellationToken cancellation)
    {
        using Stream body = await response.Content.ReadAsStreamAsync(cancellation);
        byte[] buffer = new byte[BufferBytes];
        part.Position = part.Length;
        int count;
        while ((count = await transport.ReadAsync(body, buffer, uri, cancellation)) > 0)
        {
            if (part.Length + count > (_total ?? long.MaxValue))
                throw HubErrors.WrongSize(file.Path, _total!.Value, part.Length + count);
            await part.WriteAsync(buffer.AsMemory(0, count), cancellation);
            hash.AppendData(buffer, 0, count);
            tally.Set(file.Path, part.Length, _total, count);
        }
        if (_total is { } total && part.Length < total)
        {
            var cut = new IOException($"the connection ended at {part.Length} of {total} bytes");
            throw new TransientHubException(HubErrors.Unreachable(uri, transport.Options, cut), null);
        }
    }

    private void Restart(FileStream part, IncrementalHash hash)
    {
        part.SetLength(0);
        hash.GetHashAndReset();
        _etag = null;
        _total = file.Size;
        _resumed = false;
    }

    private PartRecord? ReadRecord()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(_record), HubJson.Default.PartRecord);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null; // nothing is known about the piece: it is not used
        }
    }

    private void WriteRecord()
    {
        var record = new PartRecord { Sha256 = file.Sha256, ETag = _etag, Size = file.Size };
        File.WriteAllBytes(_record, JsonSerializer.SerializeToUtf8Bytes(record, HubJson.Default.PartRecord));
    }
}
