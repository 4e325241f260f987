// `diffusionact draw`: one procedural head by named parameters, or a contact sheet of them.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/image.hpp"
#include "reenact/cli/commands.hpp"
#include "reenact/cli/draw_sheets.hpp"
#include "reenact/cli/environment.hpp"
#include "reenact/cli/exit_codes.hpp"
#include "reenact/cli/suggest.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"

namespace dact::cli {
namespace {

struct DrawOptions {
  std::uint64_t identity = 0;
  float yaw = 0, pitch = 0, roll = 0, jaw = 0, smile = 0, blink = 0;
  std::string gaze, hair, beard, glasses, hat, neckline, background, sheet;
  std::string hair_colour, iris_colour, cloth_colour, light;
  std::optional<float> melanin, age, lip_tint;
  std::vector<std::string> set;
  float scale = 1;
  std::optional<std::int32_t> size;
  bool turntable = false;
  std::string out, class_map, depth, normals;
};

template <std::size_t N>
using Names = std::array<const char*, N>;
constexpr Names<12> kHair = {"bald", "buzz",  "short", "sidepart", "bangs", "receding",
                             "afro", "curly", "bun",   "pony",     "long",  "bob"};
constexpr Names<5> kBeards = {"none", "stubble", "moustache", "goatee", "full"};
constexpr Names<4> kGlasses = {"none", "round", "square", "sun"};
constexpr Names<3> kHats = {"none", "beanie", "cap"};
constexpr Names<5> kNecklines = {"crew", "stripe", "vee", "shirt", "turtle"};
constexpr Names<4> kBackgrounds = {"plain", "gradient", "discs", "boxes"};

template <std::size_t N>
std::string joined(const Names<N>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

/// Sets `value` when the option was given.
template <class Enum, std::size_t N>
void choose(const char* option, const std::string& given, const Names<N>& names, Enum& value) {
  if (given.empty()) return;
  const auto at = std::find(names.begin(), names.end(), given);
  if (at == names.end())
    throw UsageError(option, fmt::format("must be one of {}, got \"{}\"", joined(names), given));
  value = static_cast<Enum>(at - names.begin());
}

float number_of(const char* option, std::string_view text) {
  float value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size())
    throw UsageError(option, fmt::format("must be a number, got \"{}\"", text));
  return value;
}

/// "10,0" -> 10, 0
std::vector<float> numbers_of(const char* option, std::string_view text, std::size_t count) {
  std::vector<float> values;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    values.push_back(number_of(option, text.substr(at, end - at)));
    at = end + 1;
  }
  if (values.size() != count)
    throw UsageError(
        option, fmt::format("must be {} numbers with commas between, got \"{}\"", count, text));
  return values;
}

void set_colour(const char* option, const std::string& given, render::Vec3& colour) {
  if (given.empty()) return;
  const std::vector<float> c = numbers_of(option, given, 3);
  for (const float v : c)
    if (!(v >= 0 && v <= 255))
      throw UsageError(option, fmt::format("must be three numbers 0 .. 255, got \"{}\"", given));
  colour = {c[0], c[1], c[2]};
}

void set_share(const char* option, const std::optional<float>& given, float most, float& value) {
  if (!given) return;
  if (!(*given >= 0 && *given <= most))
    throw UsageError(option, fmt::format("must be 0 .. {}, got {}", most, *given));
  value = *given;
}

template <class List>
int index_of(const List& names, std::string_view name) {
  const auto at = std::find(names.begin(), names.end(), name);
  return at == names.end() ? -1 : static_cast<int>(at - names.begin());
}

[[noreturn]] void refuse_name(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& each : head::identity_names()) known.emplace_back(each);
  for (const auto& each : head::expression_names()) known.emplace_back(each);
  const std::string near = nearest_name(name, known);
  throw UsageError("--set", fmt::format("must name one of {}, got \"{}\"{}", fmt::join(known, ", "),
                                        name, near.empty() ? "" : "; did you mean " + near + "?"));
}

/// name=value: a weight of the 36 identity or 32 expression directions, in place of the drawn one.
void apply_set(const std::string& text, head::Identity& identity, head::Pose& pose) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos)
    throw UsageError("--set", fmt::format("must be name=value, got \"{}\"", text));
  const std::string name = text.substr(0, equals);
  const float value = number_of("--set", std::string_view(text).substr(equals + 1));
  if (const int i = index_of(head::identity_names(), name); i >= 0)
    identity[static_cast<std::size_t>(i)] = value;
  else if (const int e = index_of(head::expression_names(), name); e >= 0)
    pose.expression[static_cast<std::size_t>(e)] = value;
  else
    refuse_name(name);
}

void apply_looks(const DrawOptions& o, head::Appearance& a) {
  choose("--hair", o.hair, kHair, a.hair);
  choose("--beard", o.beard, kBeards, a.beard);
  choose("--glasses", o.glasses, kGlasses, a.glasses);
  choose("--hat", o.hat, kHats, a.hat);
  choose("--neckline", o.neckline, kNecklines, a.neckline);
  set_colour("--hair-colour", o.hair_colour, a.hair_colour);
  set_colour("--iris-colour", o.iris_colour, a.iris_colour);
  set_colour("--cloth-colour", o.cloth_colour, a.cloth_colour);
  set_share("--melanin", o.melanin, 1, a.melanin);
  set_share("--age", o.age, 1, a.age);
  set_share("--lip-tint", o.lip_tint, 0.55F, a.lip_tint);
}

head::Pose pose_of(const DrawOptions& o) {
  head::Pose pose;
  pose.yaw = o.yaw;
  pose.pitch = o.pitch;
  pose.roll = o.roll;
  pose.jaw = o.jaw;
  if (!o.gaze.empty()) {
    const std::vector<float> gaze = numbers_of("--gaze", o.gaze, 2);
    pose.gaze_x = gaze[0];
    pose.gaze_y = gaze[1];
  }
  const auto set = [&](std::string_view name, float weight) {
    pose.expression[static_cast<std::size_t>(head::expression_index(name))] = weight;
  };
  set("smile_L", o.smile);
  set("smile_R", o.smile);
  set("blink_L", o.blink);
  set("blink_R", o.blink);
  return pose;
}

Shot shot_of(const DrawOptions& o) {
  head::DrawnPerson drawn = head::draw_person(o.identity);
  apply_looks(o, drawn.appearance);
  Shot shot;
  shot.pose = pose_of(o);
  for (const std::string& each : o.set) apply_set(each, drawn.identity, shot.pose);
  shot.pose = head::with_lids(shot.pose);
  head::require_pose(shot.pose);
  shot.person =
      std::make_shared<const head::Person>(head::head_model(), drawn.identity, drawn.appearance);
  choose("--background", o.background, kBackgrounds, shot.background.kind);
  shot.background.seed = o.identity;
  if (!o.light.empty()) {
    const std::vector<float> light = numbers_of("--light", o.light, 2);
    shot.light.azimuth = light[0];
    shot.light.elevation = light[1];
  }
  shot.camera.scale = o.scale;
  return shot;
}

/// The words that draw the same picture again.
std::string parameters_of(const DrawOptions& o) {
  std::string text = fmt::format("identity={} yaw={} pitch={} roll={} jaw={} smile={} blink={}",
                                 o.identity, o.yaw, o.pitch, o.roll, o.jaw, o.smile, o.blink);
  const std::pair<const char*, const std::string&> words[] = {{"gaze", o.gaze},
                                                              {"hair", o.hair},
                                                              {"beard", o.beard},
                                                              {"glasses", o.glasses},
                                                              {"hat", o.hat},
                                                              {"neckline", o.neckline},
                                                              {"light", o.light},
                                                              {"hair-colour", o.hair_colour},
                                                              {"sheet", o.sheet},
                                                              {"iris-colour", o.iris_colour},
                                                              {"background", o.background},
                                                              {"cloth-colour", o.cloth_colour}};
  for (const auto& [name, value] : words)
    if (!value.empty()) text += fmt::format(" {}={}", name, value);
  for (const std::string& each : o.set) text += " " + each;
  return text;
}

void write(Context& context, const DrawOptions& o, const std::string& path, const Tensor& picture) {
  write_image(path, picture,
              {{"Software", "diffusionact " + version_line()},
               {"parameters", parameters_of(o)},
               {std::string(kXmpKey), xmp_of(DigitalSource::algorithmic_media)}});
  fmt::print("{}\tu8{}\t{}\n", path, picture.shape().str(), digest_of(picture));
  context.event("picture", {{"path", path}, {"digest", digest_of(picture)}});
}

int run_draw(Context& context, const DrawOptions& o) {
  if (o.out.empty() && o.class_map.empty() && o.depth.empty() && o.normals.empty())
    throw UsageError("draw", "--out, --class-map, --depth or --normals must be given, got none");
  if (o.size && (*o.size < 1 || *o.size > 8192))
    throw UsageError("--size", fmt::format("must be 1 .. 8192, got {}", *o.size));
  const Shot shot = shot_of(o);
  if (o.turntable || !o.sheet.empty()) {
    if (o.out.empty()) throw UsageError("draw", "a sheet needs --out, got none");
    if (o.size && *o.size > 1024)
      throw UsageError("--size", fmt::format("must be 1 .. 1024 for a sheet, got {}", *o.size));
    write(context, o, o.out,
          o.turntable ? draw_turntable(shot, o.size.value_or(192))
                      : draw_sheet(o.sheet, shot, o.identity, o.size.value_or(0)));
    return kOk;
  }
  const render::FrameRequest request{o.size.value_or(256), false, !o.depth.empty(),
                                     !o.normals.empty(), !o.class_map.empty()};
  const render::Frame frame = draw_shot(shot, request);
  if (!o.out.empty()) write(context, o, o.out, colour_picture(frame));
  if (!o.class_map.empty()) write(context, o, o.class_map, class_picture(frame));
  if (!o.depth.empty()) write(context, o, o.depth, depth_picture(frame));
  if (!o.normals.empty()) write(context, o, o.normals, normal_picture(frame));
  return kOk;
}

void add_looks(CLI::App* app, DrawOptions& o) {
  const std::string group = "Looks (what is not given is drawn from --identity)";
  const auto option = [&](const char* name, auto& value, const std::string& text) {
    app->add_option(name, value, text)->group(group);
  };
  option("--hair", o.hair, joined(kHair));
  option("--hair-colour", o.hair_colour, "red,green,blue of 0 .. 255");
  option("--beard", o.beard, joined(kBeards));
  option("--glasses", o.glasses, joined(kGlasses));
  option("--hat", o.hat, joined(kHats));
  option("--neckline", o.neckline, joined(kNecklines));
  option("--cloth-colour", o.cloth_colour, "red,green,blue of 0 .. 255");
  option("--iris-colour", o.iris_colour, "red,green,blue of 0 .. 255");
  option("--melanin", o.melanin, "0 (fair) .. 1 (dark)");
  option("--age", o.age, "0 .. 1: lines and shadows");
  option("--lip-tint", o.lip_tint, "0 .. 0.55");
  option("--background", o.background, joined(kBackgrounds));
  option("--light", o.light, "azimuth,elevation of the key light, degrees (default 30,30)");
}

void add_moment(CLI::App* app, DrawOptions& o) {
  const std::string group = "Moment";
  const auto option = [&](const char* name, auto& value, const char* text) {
    app->add_option(name, value, text)->group(group);
  };
  option("--yaw", o.yaw, "degrees to the subject's left");
  option("--pitch", o.pitch, "degrees down");
  option("--roll", o.roll, "degrees");
  option("--jaw", o.jaw, "degrees open, 0 .. 25");
  option("--gaze", o.gaze, "x,y: degrees to the subject's left and up");
  option("--smile", o.smile, "0 .. 1, both corners");
  option("--blink", o.blink, "0 .. 1, both eyes");
  option("--set", o.set, "name=value for any identity or expression direction");
}

}  // namespace

Command add_draw(CLI::App& program) {
  CLI::App* app = program.add_subcommand(
      "draw",
      "Example: diffusionact draw --identity 7 --yaw 20 --smile 0.8 --gaze 10,0 --hair bob "
      "--glasses round --out head.png\n\nDraws a head made by formula alone. The same words give "
      "the same bytes on every machine; prints each picture's digest.");
  auto o = std::make_shared<DrawOptions>();
  app->add_option("--identity", o->identity, "the person: any number (default 0)")
      ->check(CLI::NonNegativeNumber);
  app->add_option("--size", o->size, "pixels of each side, 1 .. 8192 (default 256)");
  app->add_option("--scale", o->scale, "1: the whole head; larger: closer");
  app->add_option("--out", o->out, "write the picture to this .png or .ppm");
  app->add_option("--class-map", o->class_map, "write the 19 face-parsing classes as colours");
  app->add_option("--depth", o->depth, "write the depth: white is 14 cm before the ears");
  app->add_option("--normals", o->normals, "write the normals as 0.5 n + 0.5");
  app->add_flag("--turntable", o->turntable, "nine views of the head, yaw -60 .. 60");
  app->add_option("--sheet", o->sheet,
                  "a contact sheet: identities, expressions, turntable or size64");
  add_moment(app, *o);
  add_looks(app, *o);
  return {app, [o](Context& context) { return run_draw(context, *o); }};
}

}  // namespace dact::cli
