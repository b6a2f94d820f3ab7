using System.Diagnostics.CodeAnalysis;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Engine.Library;
using Microsoft.Extensions.AI;

namespace Gesso.Engine.Ai;

/// <summary>What a response of <see cref="GessoImageGenerator"/> was made from: its <see cref="ImageGenerationResponse.RawRepresentation"/>.</summary>
/// <param name="Plan">The request with every default written in, and notes on what was adjusted.</param>
/// <param name="Results">Pixels and seeds, in the order of the response's contents.</param>
public sealed record LocalGeneration(GenerationPlan Plan, IReadOnlyList<ImageResult> Results);

/// <summary>
/// Local generation as Microsoft.Extensions.AI's <see cref="IImageGenerator"/>. Any thread may call, several at a time: calls wait for their turn on the
/// engine's own thread. Settings that the interface has no members for go by <see cref="ImageGeneratorKeys"/> or as an <see cref="ImageRequest"/> that the
/// options' RawRepresentationFactory makes. Each picture carries its seed in AdditionalProperties.
/// </summary>
[Experimental(Diagnostic)]
public sealed class GessoImageGenerator : IImageGenerator
{
    /// <summary>The warning that Microsoft puts on uses of <see cref="IImageGenerator"/>, and so this class, while the interface may change.</summary>
    public const string Diagnostic = "MEAI001";

    private readonly EngineThread _thread;
    private readonly ImageGeneratorMetadata _metadata;

    private GessoImageGenerator(EngineThread thread)
    {
        _thread = thread;
        _metadata = new ImageGeneratorMetadata("gesso", providerUri: null, thread.Engine.Card.Name);
    }

    /// <summary>Opens the model on a thread of the generator's own; weights are read at the first picture.</summary>
    /// <exception cref="GessoException">As <see cref="ImageEngine.Load"/>.</exception>
    public static GessoImageGenerator Load(ModelSource source, EngineOptions? options = null) =>
        new(new EngineThread(() => ImageEngine.Load(source, options)));

    /// <exception cref="GessoException">By the task: what is wrong with request or options, and what to do.</exception>
    /// <exception cref="OperationCanceledException">By the task, at once; the engine stops before its next step.</exception>
    /// <exception cref="ObjectDisposedException">By the task: the generator is disposed, or was before the pictures were done.</exception>
    public async Task<ImageGenerationResponse> GenerateAsync(
        ImageGenerationRequest request, ImageGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var call = ImageGeneratorMapping.Read(request, options, this, _metadata.DefaultModelId!);
        var generation = await _thread.Run((engine, stop) => Draw(engine, call.Request, stop), cancellationToken).ConfigureAwait(false);
        return new ImageGenerationResponse([.. generation.Results.Select(result => Content(result, call))]) { RawRepresentation = generation };
    }

    /// <summary>
    /// <see cref="ImageGeneratorMetadata"/>, this generator, or its <see cref="ImageEngine"/>: for the model's card, not for drawing, which belongs to the
    /// engine's own thread.
    /// </summary>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null)
            return null;
        return serviceType == typeof(ImageGeneratorMetadata) ? _metadata
            : serviceType == typeof(ImageEngine) ? _thread.Engine
            : serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <summary>Stops at the next step, ends calls that wait, and frees the model before it returns.</summary>
    public void Dispose() => _thread.Dispose();

    private static LocalGeneration Draw(ImageEngine engine, ImageRequest request, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        var plan = engine.Plan(request);
        return new LocalGeneration(plan, [.. engine.Generate(plan, cancellation: stop).Select(s => s.Result).OfType<ImageResult>()]);
    }

    private static DataContent Content(ImageResult result, ImageGeneratorCall call) =>
        new(ImageFiles.Encode(result.Picture, call.Type, call.Quality), ImageMediaTypes.Of(call.Type))
        {
            RawRepresentation = result,
            AdditionalProperties = new AdditionalPropertiesDictionary { [ImageGeneratorKeys.Seed] = result.Seed.Value },
        };
}
