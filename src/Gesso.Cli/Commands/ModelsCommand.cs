using System.CommandLine;
using System.Text.Json;
using Gesso.Engine.Library;

namespace Gesso.Cli.Commands;

/// <summary><c>gesso models</c>: what <c>--model</c> can name.</summary>
internal static class ModelsCommand
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print as JSON." };
        var command = new Command("models", "List the models that --model can name.") { json };
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var models = ModelLibrary.Default.List();
            if (parsed.GetValue(json))
            {
                output.WriteLine(JsonSerializer.Serialize(models, Json));
                return ExitCodes.Ok;
            }
            int width = models.Select(m => m.Name.Length).DefaultIfEmpty(0).Max();
            foreach (var model in models)
                output.WriteLine($"{model.Name.PadRight(width)}  {model.Path}{(model.Name == ModelLibrary.Bundled ? "  (default)" : "")}");
            return ExitCodes.Ok;
        });
        return command;
    }
}
