using System.Globalization;
using Headgate.Protocol.Naming;

namespace Headgate.Silo.Problems;

/// <summary>Collects what is wrong with a request, so that one answer names every field. Field names are those on the wire.</summary>
internal sealed class FieldChecks
{
    private const int MaxShown = 80;

    private Dictionary<string, string[]>? _errors;

    /// <summary>Adds a sentence about a field.</summary>
    public FieldChecks Add(string field, string sentence)
    {
        _errors ??= new Dictionary<string, string[]>(StringComparer.Ordinal);
        _errors[field] = _errors.TryGetValue(field, out var known) ? [.. known, sentence] : [sentence];
        return this;
    }

    /// <summary>The field must be an id.</summary>
    public FieldChecks Id(string field, string? value) => Require(Identifier.IsValid(value), field, value, Identifier.Allowed);

    /// <summary>The field must be a text of <paramref name="min"/> to <paramref name="max"/> characters, none of them a control character.</summary>
    public FieldChecks Text(string field, string? value, int min, int max) => Require(
        (value ?? "").Length >= min && (value ?? "").Length <= max && !(value ?? "").Any(c => char.IsControl(c) && c is not ('\n' or '\t')),
        field,
        value,
        min == 0 ? $"at most {max} characters, none of them a control character" : $"{min} to {max} characters, none of them a control character");

    /// <summary>The field must lie between two numbers.</summary>
    public FieldChecks Range(string field, long value, long min, long max) => Require(
        value >= min && value <= max,
        field,
        value.ToString(CultureInfo.InvariantCulture),
        max == long.MaxValue ? $"{min} and more" : $"{min} to {max}");

    /// <summary>The field must be a value that the enum has.</summary>
    public FieldChecks Known<TEnum>(string field, TEnum value)
        where TEnum : struct, Enum => Require(Enum.IsDefined(value), field, value.ToString(), string.Join(", ", Enum.GetNames<TEnum>()));

    /// <summary>The field must be there.</summary>
    public FieldChecks Present(string field, object? value) => value is null ? Add(field, "is missing.") : this;

    /// <summary>The field must fulfil a condition.</summary>
    public FieldChecks Require(bool holds, string field, string? value, string allowed) =>
        holds ? this : Add(field, value is null ? $"is missing; allowed is {allowed}." : $"is '{Shown(value)}'; allowed is {allowed}.");

    /// <summary>Ends the checks.</summary>
    /// <exception cref="InvalidRequestException">Something is wrong.</exception>
    public void Done()
    {
        if (_errors is not null)
        {
            throw new InvalidRequestException(_errors);
        }
    }

    private static string Shown(string value)
    {
        var clean = string.Concat(value.Take(MaxShown).Select(c => char.IsControl(c) ? '?' : c));
        return value.Length > MaxShown ? clean + "..." : clean;
    }
}
