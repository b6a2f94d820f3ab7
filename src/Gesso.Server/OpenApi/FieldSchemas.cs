using System.Globalization;
using System.Text.Json.Nodes;
using Gesso.Server.Json;
using Microsoft.OpenApi;

namespace Gesso.Server.OpenApi;

/// <summary>Fields as JSON schemas.</summary>
internal static class FieldSchemas
{
    public static OpenApiSchema Of(FieldSet set) => new()
    {
        Type = JsonSchemaType.Object,
        Properties = set.Fields.ToDictionary(f => f.Name, f => (IOpenApiSchema)Of(f)),
        Required = set.Fields.Where(f => f.Required).Select(f => f.Name).ToHashSet(),
    };

    public static OpenApiSchema Of(Field field)
    {
        var schema = Bare(field);
        schema.Description = field.Summary;
        schema.Default = field.Default?.DeepClone();
        return schema;
    }

    private static OpenApiSchema Bare(Field field) => field switch
    {
        TextField text => new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = text.MaxLength == int.MaxValue ? null : text.MaxLength },
        IntegerField number => new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64", Minimum = Text(number.Low), Maximum = Text(number.High) },
        NumberField { AboveLow: true } number => new OpenApiSchema { Type = JsonSchemaType.Number, ExclusiveMinimum = Text(number.Low), Maximum = Text(number.High) },
        NumberField number => new OpenApiSchema { Type = JsonSchemaType.Number, Minimum = Text(number.Low), Maximum = Text(number.High) },
        FlagField => new OpenApiSchema { Type = JsonSchemaType.Boolean },
        ChoiceField choice => new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. choice.Values.Select(v => (JsonNode)v)] },
        SizeField => new OpenApiSchema { Type = JsonSchemaType.String, Pattern = "^(auto|[1-9][0-9]*x[1-9][0-9]*)$" },
        ObjectField item => Of(item.Members),
        ShortListField list => new OpenApiSchema
        {
            OneOf =
            [
                new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { OneOf = [Of(list.Items), new OpenApiSchema { Type = JsonSchemaType.String }] } },
                new OpenApiSchema { Type = JsonSchemaType.String },
            ],
            Examples = [list.Example],
        },
        TextLayersField => new OpenApiSchema
        {
            OneOf =
            [
                new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Description = "A text document: docs/schemas/text-document.json.",
                    Properties = new Dictionary<string, IOpenApiSchema>
                    {
                        ["canvas"] = new OpenApiSchema { Type = JsonSchemaType.String },
                        ["layers"] = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.Object } },
                    },
                    Required = new HashSet<string> { "layers" },
                },
                new OpenApiSchema { Type = JsonSchemaType.String, Enum = ["auto"] },
                new OpenApiSchema { Type = JsonSchemaType.Boolean },
            ],
        },
        ListField list => new OpenApiSchema { Type = JsonSchemaType.Array, Items = Of(list.Items) },
        PictureField => new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" },
        _ => new OpenApiSchema(),
    };

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
