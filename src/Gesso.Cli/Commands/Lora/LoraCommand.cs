using System.CommandLine;

namespace Gesso.Cli.Commands.Lora;

/// <summary><c>gesso lora</c>: adapter files without drawing.</summary>
internal static class LoraCommand
{
    public static Command Create() => new("lora", "Look into adapter files (LoRA and its relatives), convert, resize, merge and extract them.")
    {
        InspectLora.Create(),
        ConvertLora.Create(),
        MergeLora.Create(),
        ExtractLora.Create(),
        ResizeLora.Create(),
    };
}
