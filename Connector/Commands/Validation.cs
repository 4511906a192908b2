using System.CommandLine;
using Headgate.Protocol.Naming;

namespace Headgate.Connector.Commands;

/// <summary>Checks of option values, each with the value and what is allowed.</summary>
internal static class Validation
{
    /// <summary>An id as <see cref="Identifier"/> has it.</summary>
    public static Option<T> MustBeIdentifier<T>(this Option<T> option)
        where T : class?
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !Identifier.IsValid(token.Value))
            {
                result.AddError($"{option.Name} '{token.Value}' cannot be: {Identifier.Allowed}.");
            }
        });
        return option;
    }

    /// <summary>A length of time as <see cref="DurationText"/> has it.</summary>
    public static Option<string> MustBeDuration(this Option<string> option)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !DurationText.TryParse(token.Value, out _))
            {
                result.AddError($"{option.Name} '{token.Value}' cannot be: seconds, minutes or hours such as 5s, 2m, 1h, up to 24h.");
            }
        });
        return option;
    }

    /// <summary>A number within limits.</summary>
    public static Option<int> MustBeWithin(this Option<int> option, int least, int most)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var value) || value < least || value > most))
            {
                result.AddError($"{option.Name} '{token.Value}' cannot be: {least} to {most}.");
            }
        });
        return option;
    }

    /// <summary>A path as <see cref="RepositoryPath"/> has it.</summary>
    public static Option<string?> MustBePath(this Option<string?> option)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !RepositoryPath.TryParse(token.Value, out _))
            {
                result.AddError($"{option.Name} '{token.Value}' cannot be: up to two names of 1 to 64 letters, digits, '.', '_' or '-', such as /server1/.");
            }
        });
        return option;
    }
}
