using System.Buffers;
using Gesso.Server.Hosting;
using Microsoft.AspNetCore.WebUtilities;

namespace Gesso.Server.Pictures;

/// <summary>A picture file as it arrives: in memory while it is small, in a temporary file otherwise, so that a slow sender holds disk and not memory.</summary>
internal sealed class PictureSpool : IAsyncDisposable
{
    private const int InMemory = 256 << 10;

    private readonly FileBufferingReadStream _stream;
    private readonly int _length;

    private PictureSpool(string name, FileBufferingReadStream stream, int length)
    {
        Name = name;
        _stream = stream;
        _length = length;
    }

    /// <summary>The field it came in.</summary>
    public string Name { get; }

    /// <exception cref="Errors.ApiException">400 <c>picture_too_large</c>, as soon as it is.</exception>
    public static async Task<PictureSpool> ReceiveAsync(string name, Stream body, LimitOptions limits, CancellationToken cancellation)
    {
        FileBufferingReadStream stream = new(body, InMemory, bufferLimit: null, Path.GetTempPath);
        byte[] block = ArrayPool<byte>.Shared.Rent(64 << 10);
        try
        {
            long length = 0;
            for (int read; (read = await stream.ReadAsync(block, cancellation).ConfigureAwait(false)) > 0;)
            {
                length += read;
                if (length > limits.MaxPictureBytes)
                    throw DataUrl.TooLarge(name, limits.MaxPictureBytes);
            }
            return new PictureSpool(name, stream, (int)length);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    /// <summary>The whole file; can be asked for again.</summary>
    public async Task<byte[]> ReadAsync(CancellationToken cancellation)
    {
        byte[] bytes = new byte[_length];
        _stream.Position = 0;
        await _stream.ReadExactlyAsync(bytes, cancellation).ConfigureAwait(false);
        return bytes;
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
