using Gesso.Contracts.Errors;

namespace Gesso.Engine.Library;

/// <summary>Which diffusers pipelines a folder may be made for (<c>_class_name</c> of model_index.json).</summary>
internal static class PipelineClasses
{
    private static readonly string[] Supported = ["FluxPipeline", "FluxImg2ImgPipeline", "FluxInpaintPipeline", "FluxControlPipeline"];

    private static readonly Dictionary<string, string> Reasons = new()
    {
        ["FluxFillPipeline"] = "FLUX.1 Fill, which is not supported yet: inpaint with FLUX.1 dev or schnell and --mask",
        ["FluxKontextPipeline"] = "FLUX.1 Kontext, whose reference pictures are not supported yet",
        ["FluxPriorReduxPipeline"] = "FLUX.1 Redux, an image-prompt adapter, not a model of its own",
        ["Flux2Pipeline"] = "FLUX.2 dev, which is not supported yet",
        ["Flux2KleinPipeline"] = "FLUX.2 klein, which is not supported yet",
        ["ChromaPipeline"] = "Chroma, which shares FLUX's block names but not its modulation: it is not supported",
    };

    public static void RequireSupported(string folder, string pipeline)
    {
        if (Refusal(pipeline) is { } what)
            throw GessoException.Refused("unsupported_model", $"{folder} is {what}.");
    }

    /// <summary>What a pipeline is that Gesso does not run; null for those it does.</summary>
    public static string? Refusal(string pipeline) => Supported.Contains(pipeline) ? null
        : Reasons.TryGetValue(pipeline, out string? reason) ? reason
        : $"made for {(pipeline.Length == 0 ? "an unknown pipeline" : pipeline)}, which is not supported: use a FLUX.1 model";
}
