namespace Gesso.Engine.Ai;

/// <summary>
/// What <c>ImageGenerationOptions.AdditionalProperties</c> can say, in the words of the server's <c>gesso</c> object. Other keys are refused, so that a
/// misspelt one does not go unnoticed.
/// </summary>
public static class ImageGeneratorKeys
{
    /// <summary>Whole number; picture k has seed + k.</summary>
    public const string Seed = "seed";

    public const string Steps = "steps";

    /// <summary>Distilled guidance, for models that take it.</summary>
    public const string Guidance = "guidance";

    /// <summary>Classifier-free guidance scale; 1 is off.</summary>
    public const string TrueGuidance = "true_guidance";

    /// <summary>Takes effect with <see cref="TrueGuidance"/> above 1.</summary>
    public const string NegativePrompt = "negative_prompt";

    /// <summary>A prompt of its own for T5.</summary>
    public const string Prompt2 = "prompt_2";

    /// <summary>How much of the original picture is redrawn, above 0 … 1.</summary>
    public const string Strength = "strength";

    /// <summary>
    /// What of the original picture is redrawn: <c>DataContent</c>, encoded bytes or a <c>RasterImage</c>. Where it has an alpha channel, what is
    /// transparent (as OpenAI reads masks), else what is white.
    /// </summary>
    public const string Mask = "mask";

    /// <summary>What the picture follows: <c>DataContent</c>, encoded bytes or a <c>RasterImage</c>; for control models and control adapters.</summary>
    public const string ControlImage = "control_image";

    public const string Sampler = "sampler";

    /// <summary>T5 tokens, padding included.</summary>
    public const string TextLength = "text_length";

    /// <summary>diffusers, bfl or comfy.</summary>
    public const string Parity = "parity";

    /// <summary>
    /// Adapters: text such as <c>brand:0.8, ink</c>, a list of such texts or of <c>ImageAdapter</c>. Names are those of the adapter library; paths are taken too.
    /// </summary>
    public const string Adapters = "adapters";

    /// <summary>Quality of JPEG and WebP files, 1 … 100.</summary>
    public const string OutputCompression = "output_compression";

    public static IReadOnlyList<string> All { get; } =
        [Seed, Steps, Guidance, TrueGuidance, NegativePrompt, Prompt2, Strength, Mask, ControlImage, Sampler, TextLength, Parity, Adapters, OutputCompression];
}
