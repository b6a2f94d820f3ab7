using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Gesso.Contracts.Errors;
using Gesso.Platform.Assets;

namespace Gesso.Storage.Assets;

/// <summary>
/// Files by content in a bucket. One request stores a file whole or not at all: its signature covers the content's SHA-256, and the store checks its Content-MD5.
/// </summary>
public sealed class S3AssetStore : IAssetStore, IDisposable
{
    private readonly S3Address _address;
    private readonly AmazonS3Client _client;

    internal S3AssetStore(S3Address address)
    {
        _address = address;
        var settings = new AmazonS3Config
        {
            AuthenticationRegion = address.Region,
            ForcePathStyle = address.PathStyle,
            // the newer checksums in trailers are unknown to many stores other than Amazon's
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            Timeout = TimeSpan.FromSeconds(60),
            MaxErrorRetry = 3,
        };
        if (address.Endpoint is { } endpoint)
            settings.ServiceURL = endpoint.AbsoluteUri;
        else
            settings.RegionEndpoint = RegionEndpoint.GetBySystemName(address.Region);
        _client = address is { AccessKey: { } access, SecretKey: { } secret }
            ? new AmazonS3Client(new BasicAWSCredentials(access, secret), settings)
            : new AmazonS3Client(settings);
    }

    /// <summary>Stored again even where it is, which renews its time and mends what was damaged.</summary>
    public Task<AssetKey> PutAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation = default) => GuardAsync(async () =>
    {
        var key = AssetKey.Of(content.Span);
        using var stream = new MemoryStream(content.ToArray(), writable: false);
        _ = await _client.PutObjectAsync(
            new PutObjectRequest
            {
                BucketName = _address.Bucket,
                Key = NameOf(key),
                InputStream = stream,
                AutoCloseStream = false,
                UseChunkEncoding = false,
                MD5Digest = Md5(content.Span),
            },
            cancellation).ConfigureAwait(false);
        return key;
    });

    public Task<byte[]?> ReadAsync(AssetKey key, CancellationToken cancellation = default) => GuardAsync(async () =>
    {
        byte[] content;
        try
        {
            using var response = await _client.GetObjectAsync(_address.Bucket, NameOf(key), cancellation).ConfigureAwait(false);
            using var buffer = new MemoryStream();
            await response.ResponseStream.CopyToAsync(buffer, cancellation).ConfigureAwait(false);
            content = buffer.ToArray();
        }
        catch (AmazonClientException e) when (e.GetType() == typeof(AmazonClientException))
        {
            throw Damaged(key, e);                                                          // the client compares the MD5 that stores tell of unencrypted files
        }
        catch (AmazonS3Exception e) when (IsAbsent(e))
        {
            return null;
        }
        return AssetKey.Of(content) == key ? content : throw Damaged(key);
    });

    /// <summary>The store is asked for the time first; times there are whole seconds.</summary>
    public Task<bool> DeleteAsync(AssetKey key, DateTimeOffset? unlessPutAfter = null, CancellationToken cancellation = default) => GuardAsync(async () =>
    {
        try
        {
            var file = await _client.GetObjectMetadataAsync(_address.Bucket, NameOf(key), cancellation).ConfigureAwait(false);
            if (file.LastModified?.ToUniversalTime() > unlessPutAfter?.UtcDateTime)
                return false;
        }
        catch (AmazonS3Exception e) when (IsAbsent(e))
        {
            return false;
        }
        _ = await _client.DeleteObjectAsync(_address.Bucket, NameOf(key), cancellation).ConfigureAwait(false);
        return true;
    });

    public async IAsyncEnumerable<StoredAsset> ListAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var request = new ListObjectsV2Request { BucketName = _address.Bucket, Prefix = _address.Prefix };
        ListObjectsV2Response page;
        do
        {
            page = await GuardAsync(() => _client.ListObjectsV2Async(request, cancellation)).ConfigureAwait(false);
            foreach (var file in page.S3Objects ?? [])
            {
                if (AssetLayout.TryParse(file.Key, out var key))
                    yield return new StoredAsset(key, file.Size ?? 0, file.LastModified?.ToUniversalTime() ?? default(DateTimeOffset));
            }
            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated == true);
    }

    /// <summary>An interrupted request leaves nothing.</summary>
    public Task<int> SweepAsync(TimeSpan age, CancellationToken cancellation = default) => Task.FromResult(0);

    public void Dispose() => _client.Dispose();

    private GessoException Damaged(AssetKey key, Exception? inner = null) => AssetErrors.Damaged($"{S3Address.Scheme}{_address.Bucket}/{NameOf(key)}", inner);

    private string NameOf(AssetKey key) => _address.Prefix + AssetLayout.PathOf(key);

#pragma warning disable CA5351 // Content-MD5 is what every store checks; the name is the SHA-256
    private static string Md5(ReadOnlySpan<byte> content) => Convert.ToBase64String(MD5.HashData(content));
#pragma warning restore CA5351

    private static bool IsAbsent(AmazonS3Exception e) => e.StatusCode == HttpStatusCode.NotFound && e.ErrorCode != "NoSuchBucket";

    private async Task<T> GuardAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (AmazonServiceException e)
        {
            throw Tell(e);
        }
        catch (Exception e) when (e is AmazonClientException or HttpRequestException or IOException or TimeoutException)
        {
            throw GessoException.Unavailable("storage_unavailable", $"{_address.Display} cannot be reached: {e.Message}", e);
        }
    }

    private GessoException Tell(AmazonServiceException e) => (e.ErrorCode, e.StatusCode) switch
    {
        ("NoSuchBucket", _) => GessoException.Unavailable(
            "bucket_missing", $"{_address.Display}: there is no bucket \"{_address.Bucket}\". Make it, or name another.", e),
        (_, HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized) => GessoException.Unavailable(
            "bucket_forbidden", $"{_address.Display} refuses the keys ({e.ErrorCode}). Check them, and that they may list, read, write and delete here.", e),
        ("XMinioStorageFull" or "QuotaExceeded" or "EntityTooLarge", _) or (_, HttpStatusCode.InsufficientStorage) => GessoException.Unavailable(
            "storage_full", $"{_address.Display} has no room ({e.ErrorCode}): nothing was stored.", e),
        _ => GessoException.Unavailable("storage_unavailable", $"{_address.Display} failed ({(int)e.StatusCode} {e.ErrorCode}): {e.Message}", e),
    };
}
