using System.CommandLine;
using Gesso.Diffusion.Imaging;
using Gesso.Engine.Library;
using Gesso.Torch.Native;

namespace Gesso.Cli.Commands.Lora;

/// <summary><c>gesso lora merge</c>: a checkpoint with adapters in its weights.</summary>
internal static class MergeLora
{
    public static Command Create()
    {
        var files = new Argument<string[]>("files") { Description = "Adapters and their weights, for example brand.safetensors:0.8.", HelpName = "FILE[:W]", Arity = ArgumentArity.OneOrMore };
        var model = new Option<string>("--model", "-m") { Description = "The model to merge into.", HelpName = "NAME|PATH", Required = true };
        var target = LoraArguments.Out();
        var command = new Command("merge", "Write a transformer checkpoint with adapters in its weights.") { files, model, target };
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(target)!;
            AtomicFile.RequireWritable(path);
            _ = LibTorch.Load(new TorchOptions());
            var report = CheckpointMerge.Write(LoraArguments.Source(parsed.GetValue(model)!), [.. parsed.GetValue(files)!.Select(AdapterLibrary.Default.Parse)], path);
            var error = parsed.InvocationConfiguration.Error;
            error.WriteLine($"{report.Changed} tensors changed.");
            if (report.Widened > 0)
                error.WriteLine($"note: {report.Widened} of them were stored in fewer than 16 bits and are bf16 now, so that small changes are not rounded away.");
            if (report.TextLayers > 0)
                error.WriteLine($"note: {report.TextLayers} layers of the adapters are in text encoders, which are not part of the file. Draw with --lora to use them.");
            parsed.InvocationConfiguration.Output.WriteLine(path);
            return ExitCodes.Ok;
        });
        return command;
    }
}
