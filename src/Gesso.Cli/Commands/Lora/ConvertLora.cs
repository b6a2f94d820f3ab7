using System.CommandLine;
using Gesso.Diffusion.Adapters;

namespace Gesso.Cli.Commands.Lora;

/// <summary><c>gesso lora convert</c>: the same adapter in another program's names.</summary>
internal static class ConvertLora
{
    public static Command Create()
    {
        var (path, model, target, to, type) = (LoraArguments.File(), LoraArguments.Model(), LoraArguments.Out(), LoraArguments.Dialect(), LoraArguments.Type());
        var command = new Command("convert", "Write a LoRA in the names of kohya, diffusers or ComfyUI.") { path, to, target, type, model };
        command.SetAction(parsed =>
        {
            using var file = LoraArguments.Open(parsed.GetValue(path)!);
            var fitting = LoraArguments.Fit(file, parsed.GetValue(model));
            foreach (string unused in fitting.Plan.Unused)
                parsed.InvocationConfiguration.Error.WriteLine($"note: {unused} is not in {fitting.Name} and is left out.");
            LoraArguments.Write(parsed, parsed.GetValue(target)!, LoraPair.Read(fitting.Plan), fitting.Model,
                LoraArguments.DialectOf(parsed.GetValue(to)!), LoraArguments.TypeOf(parsed.GetValue(type)!), file.Metadata);
            return ExitCodes.Ok;
        });
        return command;
    }
}
