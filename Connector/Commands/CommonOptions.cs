using System.CommandLine;
using System.Net;
using Headgate.Connector.Bootstrap;

namespace Headgate.Connector.Commands;

/// <summary>Options that every command takes.</summary>
internal sealed class CommonOptions
{
    public CommonOptions()
    {
        Resolve.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                if (!GivenAddresses.TryAdd(token.Value, [], out var error))
                {
                    result.AddError(error);
                }
            }
        });
    }

    /// <summary><c>--data</c></summary>
    public Option<string> Data { get; } = new("--data")
    {
        Description = "Folder with this machine's identity. Default: HEADGATE_DATA, else ~/.config/headgate (Windows: %APPDATA%\\Headgate).",
        DefaultValueFactory = _ => StateFolder.DefaultPath(),
        HelpName = "DIR",
        Recursive = true,
    };

    /// <summary><c>--resolve</c></summary>
    public Option<string[]> Resolve { get; } = new("--resolve")
    {
        Description = "Use these addresses for a name instead of asking DNS; may be given several times.",
        HelpName = "NAME=ADDRESS[,ADDRESS...]",
        Recursive = true,
    };

    /// <summary>Adds them to the root command, for all below it.</summary>
    public void AddTo(Command root)
    {
        root.Options.Add(Data);
        root.Options.Add(Resolve);
    }

    /// <summary>The state folder asked for.</summary>
    public StateFolder FolderOf(ParseResult parsed) => new(parsed.GetRequiredValue(Data));

    /// <summary>The resolver asked for.</summary>
    public INameResolver ResolverOf(ParseResult parsed)
    {
        var names = new Dictionary<string, IReadOnlyList<IPAddress>>(StringComparer.Ordinal);
        foreach (var given in parsed.GetValue(Resolve) ?? [])
        {
            GivenAddresses.TryAdd(given, names, out _);
        }

        return new NameResolver(names);
    }
}
