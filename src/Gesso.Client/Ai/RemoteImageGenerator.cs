using System.Net.Mime;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Microsoft.Extensions.AI;

namespace Gesso.Client;

/// <summary>
/// A Gesso server as an <see cref="IImageGenerator"/>. Original images make an edit; one is taken. <see cref="ImageGenerationOptions.AdditionalProperties"/> may hold
/// the fields listed in <see cref="AdditionalFields"/>, and <see cref="ImageGenerationOptions.RawRepresentationFactory"/> a whole <see cref="JobRequest"/> to begin with.
/// A cancelled call cancels its job.
/// </summary>
public sealed class RemoteImageGenerator : IImageGenerator
{
    private static readonly TimeSpan s_cancelPatience = TimeSpan.FromSeconds(5);

    private readonly GessoClient _client;
    private readonly bool _ownsClient;
    private readonly ImageGeneratorMetadata _metadata;

    /// <param name="client">Stays the caller's.</param>
    /// <param name="defaultModel">Used where options name none; null: the server's default.</param>
    public RemoteImageGenerator(GessoClient client, string? defaultModel = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        _client = client;
        _metadata = new ImageGeneratorMetadata("gesso", client.Server, defaultModel);
    }

    /// <summary>With a client of its own.</summary>
    public RemoteImageGenerator(Uri server, string key, string? defaultModel = null)
        : this(new GessoClient(server, key), defaultModel) => _ownsClient = true;

    /// <summary>Names that additional properties may have.</summary>
    public static IReadOnlyCollection<string> AdditionalFields => AdditionalWork.Names;

    public async Task<ImageGenerationResponse> GenerateAsync(ImageGenerationRequest request, ImageGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var work = await WorkAsync(request, options, cancellationToken).ConfigureAwait(false);
        var job = await _client.Jobs.SubmitAsync(work, cancellation: cancellationToken).ConfigureAwait(false);
        try
        {
            job = await _client.Jobs.WaitAsync(job.Id, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await TryCancelAsync(job.Id).ConfigureAwait(false);
            throw;
        }
        List<AIContent> contents = [];
        foreach (var picture in job.EnsureSucceeded().Pictures)
            contents.Add(await ContentAsync(picture, options?.ResponseFormat, cancellationToken).ConfigureAwait(false));
        return new ImageGenerationResponse(contents) { RawRepresentation = job };
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null)
            return null;
        if (serviceType == typeof(ImageGeneratorMetadata))
            return _metadata;
        if (serviceType == typeof(GessoClient))
            return _client;
        return serviceType.IsInstanceOfType(this) ? this : null;
    }

    public void Dispose()
    {
        if (_ownsClient)
            _client.Dispose();
    }

    private async Task<JobRequest> WorkAsync(ImageGenerationRequest request, ImageGenerationOptions? options, CancellationToken cancellation)
    {
        var work = options?.RawRepresentationFactory?.Invoke(this) as JobRequest ?? new JobRequest();
        work = AdditionalWork.Apply(work, options?.AdditionalProperties);
        return work with
        {
            Prompt = request.Prompt ?? work.Prompt,
            Model = options?.ModelId ?? work.Model ?? _metadata.DefaultModelId,
            Count = options?.Count ?? work.Count,
            Size = options?.ImageSize is { } size ? new ImageSize(size.Width, size.Height) : work.Size,
            OutputFormat = Format(options?.MediaType) ?? work.OutputFormat,
            Image = await OriginalAsync(request, cancellation).ConfigureAwait(false) ?? work.Image,
        };
    }

    private async Task<string?> OriginalAsync(ImageGenerationRequest request, CancellationToken cancellation)
    {
        AIContent[] originals = [.. request.OriginalImages ?? []];
        if (originals.Length > 1)
            throw GessoException.Invalid("too_many_pictures", $"An edit starts from one picture; got {originals.Length}.");
        return originals.FirstOrDefault() switch
        {
            null => null,
            DataContent data => (await _client.Uploads.AddAsync(data.Data, data.MediaType, cancellation).ConfigureAwait(false)).Id,
            UriContent address => address.Uri.AbsoluteUri,
            HostedFileContent file => file.FileId,
            var other => throw GessoException.Invalid("bad_picture", $"An original image is a DataContent, a UriContent or a HostedFileContent; got {other.GetType().Name}."),
        };
    }

    private async Task<AIContent> ContentAsync(Picture picture, ImageGenerationResponseFormat? format, CancellationToken cancellation)
    {
        AIContent content = format switch
        {
            ImageGenerationResponseFormat.Uri => new UriContent(new Uri(_client.Server, picture.Url), picture.MediaType),
            ImageGenerationResponseFormat.Hosted => new HostedFileContent(picture.Id),
            _ => new DataContent(await _client.Pictures.ReadAsync(picture.Id, cancellation).ConfigureAwait(false), picture.MediaType),
        };
        content.RawRepresentation = picture;
        content.AdditionalProperties = new AdditionalPropertiesDictionary { ["seed"] = picture.Seed };
        return content;
    }

    private async Task TryCancelAsync(string job)
    {
        try
        {
            using var limit = new CancellationTokenSource(s_cancelPatience);
            await _client.Jobs.CancelAsync(job, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is GessoException or OperationCanceledException)
        {
            // it is drawn for nothing then; the caller hears of its own cancellation
        }
    }

    private static string? Format(string? mediaType) => mediaType switch
    {
        null => null,
        MediaTypeNames.Image.Png => "png",
        MediaTypeNames.Image.Jpeg => "jpeg",
        MediaTypeNames.Image.Webp => "webp",
        _ => throw GessoException.Invalid("bad_media_type", $"MediaType is \"{mediaType}\"; expected image/png, image/jpeg or image/webp."),
    };
}
